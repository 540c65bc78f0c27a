not a result
