const unused = 1 == 2;
