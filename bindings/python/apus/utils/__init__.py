"""What programs find under torch.utils."""
