"""What tests share: fakes with a clock of their own and counted ids."""
