package netsuitetest

// ServeWith is Serve with keys of another origin.
var ServeWith = serve
