"""An application for data: asked, checked, answered item by item, signed, and in the end its effect told."""
