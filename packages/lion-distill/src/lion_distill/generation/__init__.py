"""Generation: new instructions from hard and easy ones (METHODS 3, step 3)."""
