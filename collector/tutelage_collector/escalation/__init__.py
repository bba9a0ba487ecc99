"""Who is told next, and when: a pure decision (``plan``), and what carries it out (``watch``)."""
