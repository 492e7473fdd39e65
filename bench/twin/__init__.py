"""The same lists in the clear, as a Django developer would build them by default."""
