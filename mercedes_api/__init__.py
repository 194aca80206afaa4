"""Markets → data/vehicles: what each market sells of every class, from the Car Configurator API."""
