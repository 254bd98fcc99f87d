#!/usr/bin/env bash
# walkit feed to Kafka: nothing lost, nothing invented, in order, whatever the broker answers and whenever the feed is
# killed. The brokers are librdkafka's own mock cluster, in the program kafka_mock.
# shellcheck source=tests/integration/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kafka_mock=${WALKIT_KAFKA_MOCK:-$(dirname "$WALKIT")/tests/kafka_mock}
[[ -x $kafka_mock ]] || skip "no program kafka_mock"

# --- the brokers ---------------------------------------------------------------------------------------------------

start_brokers() { # COUNT
  coproc mock { exec "$kafka_mock" "$1"; }
  exec {answers}<&"${mock[0]}" {commands}>&"${mock[1]}"
  read -r brokers <&"$answers"
}
stop_brokers() {
  local pid=$mock_PID
  exec {commands}>&- {answers}<&-
  eval "exec ${mock[1]}>&- ${mock[0]}<&-"
  wait "$pid"
}
broker() { # COMMAND
  local answer
  echo "$*" >&"$commands"
  read -r answer <&"$answers" || fail "the brokers are gone"
}

# --- the feed ------------------------------------------------------------------------------------------------------

feed=("$WALKIT" feed --catalog="$scratch/base" --database=postgres "$wal_dir")
config=$scratch/kafka.conf
configure() { # PROPERTY=VALUE...
  rm -f "$config"
  (umask 077 && printf '%s\n' '# properties' '' "$@" >"$config")
}
to_kafka() { # PREFIX OPTION...
  "${feed[@]}" --sink="kafka://$brokers/$1" --kafka-config="$config" --state="$scratch/state.$1" "${@:2}"
}
start_to_kafka() { # PREFIX: in the background, as $pid
  "${feed[@]}" --sink="kafka://$brokers/$1" --kafka-config="$config" --state="$scratch/state.$1" 2>"$scratch/err" &
  pid=$!
}
wait_for_progress() { # PREFIX: until something is acknowledged
  until grep -qs '"position":[1-9]' "$scratch/state.$1"; do
    kill -0 $pid || fail "$1 ended before anything was acknowledged: $(cat "$scratch/err")"
    sleep 0.05
  done
}
compare() { # FORMAT PREFIX once|killed|again
  broker dump "$2." "$scratch/messages"
  python3 -B "$here/feed_kafka_compare.py" "$1" "$2" "$scratch/events.$1" "$scratch/messages" "$3" || fail "$2"
}
# Until the brokers have dealt with what a feed that was killed had sent: they take no notice of who sent it when, and
# would append it behind what the next one sends.
settle() { # PREFIX
  local before='' after
  while broker dump "$1." "$scratch/messages" && after=$(wc -l <"$scratch/messages") && [[ $after != "$before" ]]; do
    before=$after
    sleep 0.2
  done
}
expect_failure() { # STATUS PATTERN COMMAND...: one line that matches
  local status=0
  "${@:3}" >"$scratch/out" 2>"$scratch/err" || status=$?
  if [[ $status != "$1" || $(grep -vc hint: "$scratch/err") != 1 ]] || ! grep -qE "$2" "$scratch/err"; then
    cat "$scratch/err"
    fail "exit status $status instead of $1, or another message than \"$2\": ${*:3}"
  fi
}

server_init
settings=(wal_level=logical max_prepared_transactions=5 wal_keep_size=1GB TimeZone=UTC)
server_start "${settings[@]}"
make_tablespace elsewhere
sql -c "CREATE FUNCTION audit(text) RETURNS void LANGUAGE sql AS ''"
server_stop
cp -a "$scratch/data" "$scratch/base"
server_start "${settings[@]}"
sql --file=- <"$here/feed_workload.sql" >/dev/null
sql <<'SQL' >/dev/null
CREATE SCHEMA "o.d d";
CREATE TABLE "o.d d"."Größe 🐘" ("the id" int, part numeric, PRIMARY KEY (part, "the id"));
INSERT INTO "o.d d"."Größe 🐘" SELECT g, g / 8.0 FROM generate_series(1, 300) g;
UPDATE "o.d d"."Größe 🐘" SET part = part + 1 WHERE "the id" % 3 = 0;
DELETE FROM "o.d d"."Größe 🐘" WHERE "the id" % 7 = 0;
CREATE TABLE single (id int PRIMARY KEY, n int);
INSERT INTO single SELECT g, 0 FROM generate_series(1, 20) g;
SQL
for ((i = 0; i < 400; ++i)); do
  echo "UPDATE single SET n = $i WHERE id % 4 = $i % 4; SELECT pg_logical_emit_message(false, 'p$((i % 3))', 'm$i');"
done | sql --file=- >/dev/null
server_stop
for format in walkit wal2json debezium; do
  "${feed[@]}" --format="$format" >"$scratch/events.$format"
done

echo "all formats"
start_brokers 2
configure
for format in walkit wal2json debezium; do
  to_kafka "plain_$format" --format="$format"
  compare "$format" "plain_$format" once
done
configure 'compression.codec = gzip' linger.ms=0
to_kafka packed --format=debezium
compare debezium packed once

echo "errors that pass"
configure batch.num.messages=50 # so that there are many requests
broker fail 6 7 0 6 19 7 5 0 0 7 6 20 3 6 6 7 # not the leader, timed out, too few replicas, ...
to_kafka passing
compare walkit passing once

echo "errors that are final"
for code in 29 10; do # not authorized, too large
  broker fail 0 0 0 0 0 0 "$code"
  expect_failure 3 "error: Kafka did not take a message for topic \"final_$code\..*\": Broker: " to_kafka "final_$code"
  to_kafka "final_$code"
  compare walkit "final_$code" again
done
configure message.max.bytes=1000
expect_failure 3 'could not send [0-9]+ bytes to Kafka.s topic "large\..*": Broker: Message size too large' to_kafka large
configure
to_kafka large
compare walkit large again

echo "killed"
slow=(batch.num.messages=20 linger.ms=0 queue.buffering.max.messages=200)
configure "${slow[@]}"
for id in 1 2; do broker slow "$id" 10; done
kills=0 wanted_kills=20
if sanitized; then wanted_kills=5; fi
for ((round = 0; kills < wanted_kills; ++round)); do # each from nothing to the end
  for ((attempt = 0; ; ++attempt)); do
    start_to_kafka "killed_$round"
    sleep "$((RANDOM % (2 + attempt / 4))).$((RANDOM % 10))$((RANDOM % 10))" # longer and longer, for slow machines
    kill -KILL $pid 2>/dev/null || true
    if wait $pid 2>/dev/null; then break; fi
    [[ ! -s $scratch/err ]] || fail "$(cat "$scratch/err")"
    settle "killed_$round"
    kills=$((kills + 1))
  done
  compare walkit "killed_$round" killed
done
echo "$kills kills"

echo "told to end"
for signal in TERM INT; do
  start_to_kafka "$signal"
  wait_for_progress "$signal"
  kill -"$signal" $pid
  wait $pid || fail "SIG$signal: exit status $?"
  cp "$scratch/state.$signal" "$scratch/interrupted"
  to_kafka "$signal"
  ! cmp --silent "$scratch/state.$signal" "$scratch/interrupted" || fail "SIG$signal came too late"
  compare walkit "$signal" once
done

echo "brokers that go away and come back"
start_to_kafka away
wait_for_progress away
for id in 1 2; do broker down "$id"; done
ticks() { awk '{print $14 + $15}' "/proc/$pid/stat"; }
sleep 1
before=$(ticks)
sleep 2
after=$(ticks)
((after - before < 40)) || fail "$((after - before)) ticks of CPU in two seconds of waiting"
for id in 1 2; do broker up "$id"; done
wait $pid || fail "exit status $? after the brokers were away"
compare walkit away killed

echo "brokers that stay away"
configure "${slow[@]}" message.timeout.ms=3000
start_to_kafka gone
wait_for_progress gone
for id in 1 2; do broker down "$id"; done
status=0
wait $pid || status=$?
[[ $status == 3 && $(wc -l <"$scratch/err") == 1 ]] || fail "exit status $status: $(cat "$scratch/err")"
grep -q 'error: Kafka did not take a message for topic .*: Local: Message timed out' "$scratch/err" || fail "$(cat "$scratch/err")"
for id in 1 2; do broker up "$id"; done
to_kafka gone
compare walkit gone again
stop_brokers
expect_failure 3 "error: could not reach Kafka at \"$brokers\": .*(refused|down)" to_kafka nobody

echo "configuration"
refused() { # PATTERN PROPERTY
  configure "$2"
  expect_failure "${3:-3}" "$1" to_kafka refused
  ! grep -q hunter2 "$scratch/err" || fail "a secret: $(cat "$scratch/err")"
}
refused 'librdkafka has no property "sasl.pasword"' sasl.pasword=hunter2
refused 'property "acks" is walkit.s own' acks=1
refused 'property "enable.idempotence" is walkit.s own' enable.idempotence=false
refused 'the value of property "security.protocol" is not valid' security.protocol=hunter2
refused 'kafka.conf:3: this is not name=value' hunter2 2
configure sasl.password=hunter2
chmod 644 "$config"
expect_failure 2 'may be read by everybody' to_kafka refused
