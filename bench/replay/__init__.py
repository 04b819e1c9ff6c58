"""Real cases once more, through the doors that everybody uses, with the node's clock moved from event to event."""
