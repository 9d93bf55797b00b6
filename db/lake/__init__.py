"""The tables as Parquet files, for notebooks and for engines that are larger than one machine."""
