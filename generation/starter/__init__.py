"""The starter model: its drawings, its training, and the pipeline folder that ships."""
