"""What rules are made of: reading inputs, matching types, running a rule inside the engine."""
