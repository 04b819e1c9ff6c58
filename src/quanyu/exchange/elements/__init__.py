"""一数一源: of each data element one body is the source, others get it from there."""
