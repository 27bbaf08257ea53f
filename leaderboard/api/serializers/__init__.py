"""Serializers of rows, one module per subject; their field names serve `?fields=` and `?ordering=`."""
