"""Switch controllers that take words, like `Open A` and `GetValveState A`; another Pychron's valve server is one."""
