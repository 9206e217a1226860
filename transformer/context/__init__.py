"""What the build context says: a read-only view of the files that the Dockerfile is built with."""
