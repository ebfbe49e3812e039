"""Cameras and recorders, asked with a read-only account: ONVIF, ISAPI, Dahua's CGI and RTSP."""
