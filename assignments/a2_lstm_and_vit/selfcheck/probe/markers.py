"""Words by which the child says why it has no value. They choose a message, never a point."""

MARK = "This operation is not allowed in this exercise:"
MISSING = "Missing"  # Failure.kind when the class or function to be graded is not there
