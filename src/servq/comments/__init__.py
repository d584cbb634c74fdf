"""What respondents wrote: the codebook, the codes that researchers give, and what they release to be quoted."""
