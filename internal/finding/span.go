package finding

import (
	"fmt"
	"time"
)

// TimeWords is how a time is written for people: to the second, in UTC, as one
// looks it up in the Login Audit Trail. Evidence and facts have RFC 3339.
const TimeWords = "2006-01-02 15:04:05 UTC"

// Span is a length of time in the unit that a person would use, rounded down:
// "45 s", "4 min 30 s", "3 h 20 min", "12 days".
func Span(d time.Duration) string {
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

// Age is a length of time in one unit, as exact as people care for, rounded down:
// "1 second", "59 minutes", "3 hours".
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

// Counted is a number of things: "1 key", "2 keys".
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// UTC is a time as reports have it.
func UTC(t time.Time) string { return t.UTC().Format(time.RFC3339) }
