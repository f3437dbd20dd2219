package jwtgen

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

const (
	milliseconds = 1e11 // as seconds this is the year 5138, as milliseconds 1973
	outOfRange   = 1e14
)

// numericDate reads a time (RFC 7519, section 2): seconds since 1970 as a JSON number.
// For any value but an integer, reason is one of time-claim-invalid. With the reason
// "float" the time is valid too: one of Oracle's samples has a fraction.
func numericDate(v any) (t time.Time, reason string) {
	if v == nil {
		return t, "missing"
	}
	if _, isString := v.(string); isString {
		return t, "string"
	}
	number, isNumber := v.(json.Number)
	if !isNumber {
		return t, "not-a-number"
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	f, tooLarge := strconv.ParseFloat(number.String(), 64)
	switch {
	case strings.HasPrefix(number.String(), "-"):
		return t, "negative"
	case tooLarge != nil, f >= outOfRange:
		return t, "range"
	case f >= milliseconds:
		return t, "milliseconds"
	case err != nil:
		whole, fraction := math.Modf(f)
		return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), "float"
	}
	return time.Unix(n, 0).UTC(), ""
}

// timeOf is the time in a value, if it has one.
func timeOf(v any) (time.Time, bool) {
	t, reason := numericDate(v)
	return t, reason == "" || reason == "float"
}

// judgeTimes judges iat, exp and nbf. A claim that is not a valid time gets one fault
// and is not judged further.
func (a *Assertion) judgeTimes(e Expect) []*Fault {
	var faults []*Fault
	valid := map[string]time.Time{}
	for _, claim := range []string{"iat", "exp", "nbf"} {
		v, present := a.Claims[claim]
		if claim == "nbf" && !present {
			continue
		}
		if blank := e.placeholder(claim, v); blank != nil {
			faults = append(faults, blank)
			continue
		}
		if _, reason := numericDate(v); reason != "" {
			faults = append(faults, fault(KindTimeClaimInvalid, reason, timeEvidence(claim, v, present)))
		}
		if t, ok := timeOf(v); ok {
			valid[claim] = t
		}
	}
	iat, hasIssued := valid["iat"]
	exp, hasExpiry := valid["exp"]
	nbf, hasNotBefore := valid["nbf"]
	if hasIssued && hasExpiry {
		faults = append(faults, lifetimeFaults(iat, exp, e.Rules.MaxLifetime)...)
	}
	if e.Now.IsZero() {
		return faults
	}
	now := e.Now.UTC()
	if hasExpiry && !now.Before(exp) {
		f := fault(KindExpired, "", since("exp", exp, now))
		if behind := now.Sub(iat); hasIssued && isTimeZone(behind, shortLived) {
			f.Reason, f.Evidence["iat"], f.Evidence["offset"] = "time-zone", iat.Format(time.RFC3339), zoneOffset(behind)
		}
		faults = append(faults, f)
	}
	if ahead := iat.Sub(now); hasIssued && ahead > 0 {
		f := fault(KindIssuedInFuture, "", since("iat", iat, now))
		if isTimeZone(ahead, zoneSlack) {
			f.Reason, f.Evidence["offset"] = "time-zone", zoneOffset(ahead)
		}
		faults = append(faults, f)
	}
	if hasNotBefore && nbf.After(now) {
		faults = append(faults, fault(KindNotBefore, "", since("nbf", nbf, now)))
	}
	return faults
}

// lifetimeFaults has two reasons for a lifetime that is too long, because Oracle's help
// and its samples disagree about exactly the limit. It counts whole seconds: a program
// that reads the clock twice is off by a fraction.
func lifetimeFaults(iat, exp time.Time, limit time.Duration) []*Fault {
	lifetime := exp.Sub(iat).Truncate(time.Second)
	ev := evidence{"lifetime_seconds": int64(lifetime / time.Second), "limit_seconds": int64(limit / time.Second)}
	switch {
	case lifetime <= 0:
		ev["claim"] = "exp"
		return []*Fault{fault(KindTimeClaimInvalid, "order", ev)}
	case limit == 0:
		return nil
	case lifetime > limit:
		return []*Fault{fault(KindLifetimeTooLong, "over", ev)}
	case lifetime == limit:
		return []*Fault{fault(KindLifetimeTooLong, "exact", ev)}
	}
	return nil
}

// since is the evidence of a claim on the wrong side of now: both times, and the
// seconds between them, never negative.
func since(claim string, t, now time.Time) evidence {
	return evidence{
		claim: t.Format(time.RFC3339), "now": now.Format(time.RFC3339),
		"seconds": now.Sub(t).Abs().Round(100 * time.Millisecond).Seconds(),
	}
}

func timeEvidence(claim string, v any, present bool) evidence {
	ev := evidence{"claim": claim}
	if !present {
		return ev
	}
	ev["actual_type"] = JSONType(v)
	switch v := v.(type) {
	case string:
		ev["actual"] = short(v)
	case json.Number:
		ev["actual"] = short(v.String())
	}
	return ev
}

const (
	// zoneSlack is how far a clock may be off beside a time zone.
	zoneSlack = 2 * time.Minute
	// shortLived is how old an assertion may be when it is judged: it was made, then sent.
	shortLived = 5 * time.Minute
)

// isTimeZone recognises local time that was written as UTC, or the reverse: d is the
// offset of a time zone. It may be longer by late.
func isTimeZone(d, late time.Duration) bool {
	over := d - nearestZone(d)
	return over >= -zoneSlack && over <= late
}

// nearestZone is the offset of a time zone, east or west, that is nearest to d.
func nearestZone(d time.Duration) time.Duration {
	zones := []time.Duration{150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825} // minutes, beside whole hours
	for hour := range time.Duration(14) {
		zones = append(zones, (hour+1)*60)
	}
	return slices.MinFunc(zones, func(a, b time.Duration) int { return int((d - a*time.Minute).Abs() - (d - b*time.Minute).Abs()) }) * time.Minute
}

// zoneOffset is such an offset for people: "5 hours", "5 h 30 min".
func zoneOffset(d time.Duration) string {
	zone := nearestZone(d)
	if minutes := zone % time.Hour; minutes != 0 {
		return fmt.Sprintf("%d h %d min", zone/time.Hour, minutes/time.Minute)
	}
	return text.Counted(int(zone/time.Hour), "hour")
}
