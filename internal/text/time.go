package text

import (
	"fmt"
	"time"
)

// Time formats a time for people, to the second in UTC, for example to look it up in the
// Login Audit Trail. Evidence and facts have RFC 3339: see [UTC].
func Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// TimeToMinute formats a time to the minute in UTC, as NetSuite shows the dates of a
// certificate.
func TimeToMinute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Duration formats a duration in one or two units, rounded down: "45 s", "4 min 30 s",
// "3 h 20 min", "12 days".
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch d = d.Abs(); {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// Age formats a duration in one unit, rounded down: "1 second", "59 minutes", "3 hours".
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	unit, name := time.Second, "second"
	switch {
	case d >= 2*day:
		unit, name = day, "day"
	case d >= 2*time.Hour:
		unit, name = time.Hour, "hour"
	case d >= 2*time.Minute:
		unit, name = time.Minute, "minute"
	}
	return Counted(int(d/unit), name)
}

// UTC formats a time for documents (RFC 3339).
func UTC(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Counted formats a number of things: "1 key", "2 keys".
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
