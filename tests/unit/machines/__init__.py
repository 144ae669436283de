"""What machines are made from: rendered, and judged by the programs that will read it."""
