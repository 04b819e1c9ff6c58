"""回流: records that a consumer has made or mended, given back to the owner and settled there by a rule."""
