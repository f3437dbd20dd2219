package oauth

import (
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// refuseExpired refuses an assertion that has expired, and says which of the usual
// reasons it looks like.
func (v judger) refuseExpired(j *judgement, exp, iat time.Time, hasIat bool) {
	ago := text.Age(v.now.Sub(exp))
	zone := ""
	if hasIat {
		zone = timeZone(v.now.Sub(iat), 5*time.Minute)
	}
	switch {
	case v.seen:
		j.refuse("assertion.reused", "this very assertion was sent before, and exp was %s ago by the server's clock", ago)
	case zone != "":
		j.refuseAs("assertion.expired", "time-zone", "exp was %s ago by the server's clock; iat is about whole hours behind: %s, as if local time was used as UTC", ago, zone)
	default:
		j.refuse("assertion.expired", "exp was %s ago by the server's clock", ago)
	}
}

// timeZone is the offset of the time zone that d may be, "" if it is none. d may be longer
// by late, and shorter by a minute.
func timeZone(d, late time.Duration) string {
	for quarters := time.Duration(4); quarters <= 56; quarters++ {
		offset := quarters * 15 * time.Minute
		hours, minutes := offset/time.Hour, offset%time.Hour/time.Minute
		inUse := minutes == 0 || minutes == 30 && hours >= 2 && hours <= 10 || minutes == 45 && (hours == 5 || hours == 8 || hours >= 12)
		if over := d - offset; inUse && over >= -time.Minute && over <= late {
			return fmt.Sprintf("%d h %02d min", hours, minutes)
		}
	}
	return ""
}
