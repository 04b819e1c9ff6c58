"""What two bodies have agreed: versions, states, and why a call is not covered."""
