"""Throughput over TCP and UDP in the iperf3 wire protocol, both ends in plain Python; either end may be a stock iperf3.

``protocol`` the control messages · ``parameters`` the documents exchanged · ``flow`` what moves the payload (``pace``
at what rate, ``tcp_info`` what the kernel knows of it) · ``client`` one test, asked for (``peer`` of whom, ``outcome``
what comes of it) · ``session`` one test, answered · ``server`` the responder around the sessions.
"""
