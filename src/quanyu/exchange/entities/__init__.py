"""NGSI-LD with a contract's eyes: entities of its dataset, narrowed and masked, asked for and subscribed to."""
