"""From the columns of a file to the attributes of a data model: proposed, shown with reasons, corrected, remembered."""
