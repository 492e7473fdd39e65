"""What Confer is made from: the locks and the steps that install them."""
