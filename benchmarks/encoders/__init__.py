"""What it saves to compute the maps of a U-Net's frozen encoder once."""
