"""GH Archive's hours of events → a lake of Parquet files → the fact tables."""
