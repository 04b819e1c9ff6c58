"""The import engine: files in, checked Parquet, a report and entities out. Runs in a child process of its own."""
