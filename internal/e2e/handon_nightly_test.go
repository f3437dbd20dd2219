//go:build e2e && unix && nightly

package e2e

// handOnKills is how often TestHandOnKilled kills nsauth before it ends by itself.
const handOnKills = 200
