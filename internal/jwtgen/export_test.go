package jwtgen

// For tests of package jwtgen_test.
var (
	RawFromDER = rawFromDER
	DERFromRaw = derFromRaw
)
