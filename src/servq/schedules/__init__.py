"""Reports that come by themselves: who gets which one when."""
