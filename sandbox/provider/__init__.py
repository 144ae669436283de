"""What every stand-in provider needs: the wire's values, the SDK's types, checking, comparing, serving."""
