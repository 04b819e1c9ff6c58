"""Quality of data: rules as data, their SQL, and rules suggested from the data itself."""
