"""Who is on the network: ranges that may be asked, rates, what is heard, what answers, and what each host is."""
