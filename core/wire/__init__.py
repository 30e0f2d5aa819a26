"""The messages between processes: schemas, generated code, encoders and bounds-checked decoders."""
