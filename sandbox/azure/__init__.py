"""A stand-in for `azure-native`: Azure Resource Manager where it can catch a mistake."""
