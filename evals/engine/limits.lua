-- One renewal of one worker under the limits of an endpoint: reports what it holds and wants, returns what it may do.
-- KEYS: one prefix for each scope (the endpoint itself first, then its credential, its provider).
-- ARGV: one JSON object: worker, in_flight, wanted, lease_ms, limited, pause_ms, ok, grace_ms, idle, scopes (each
--       at_once, per_minute, tokens), requests (tokens of each), refunds (each a second and tokens)
-- Returns: slots, admitted, pause_ms, second, metered
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)
local WINDOW_S = 61 -- a minute, and the second in which a call is on its way
local KEEP_MS = 120000

local call = cjson.decode(ARGV[1])
local worker, in_flight, wanted, scopes = call.worker, call.in_flight, call.wanted, call.scopes
local lease_ms, limited, pause_ms, ok = call.lease_ms, call.limited, call.pause_ms, call.ok
for i, prefix in ipairs(KEYS) do scopes[i].prefix = prefix end

-- Calls at once: a worker that wants more than its share gives way as its calls end ---------------------------
local function share(scope)
  local held, want, live = scope.prefix .. ':held', scope.prefix .. ':want', scope.prefix .. ':live'
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', live, '-inf', now)) do
    redis.call('HDEL', held, dead)
    redis.call('HDEL', want, dead)
    redis.call('ZREM', live, dead)
  end
  redis.call('HSET', want, worker, wanted)
  redis.call('ZADD', live, now + lease_ms, worker)
  local wants, names, others_hold = {}, {}, 0
  local flat = redis.call('HGETALL', want)
  for i = 1, #flat, 2 do
    wants[flat[i]] = tonumber(flat[i + 1])
    names[#names + 1] = flat[i]
    if flat[i] ~= worker then others_hold = others_hold + tonumber(redis.call('HGET', held, flat[i]) or 0) end
  end
  -- Equal shares; workers that want less leave the rest to the others; ties are broken by name.
  table.sort(names, function(a, b) return wants[a] < wants[b] or (wants[a] == wants[b] and a < b) end)
  local left, mine = scope.at_once, 0
  for i, name in ipairs(names) do
    local part = math.min(wants[name], math.floor(left / (#names - i + 1)))
    left = left - part
    if name == worker then mine = part end
  end
  return math.max(0, math.min(mine, scope.at_once - others_hold))
end
local slots = wanted
for _, scope in ipairs(scopes) do slots = math.min(slots, share(scope)) end
-- A server that has restarted, taken over from another or lost its data does not know what others hold, and its
-- own mark of a scope is missing or another server's: no worker takes more until all have reported.
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
for _, scope in ipairs(scopes) do
  local mark = scope.prefix .. ':server'
  if redis.call('HGET', mark, 'run_id') ~= run_id then
    redis.call('HSET', mark, 'run_id', run_id, 'since', call.idle and 0 or now)
  end
  if now - tonumber(redis.call('HGET', mark, 'since')) < call.grace_ms then slots = math.min(slots, in_flight) end
end
for _, scope in ipairs(scopes) do
  redis.call('HSET', scope.prefix .. ':held', worker, math.max(slots, in_flight))
  for _, name in ipairs({':held', ':want', ':live'}) do redis.call('PEXPIRE', scope.prefix .. name, KEEP_MS) end
end

-- The pause: a worker that must wait makes all others wait ----------------------------------------------------------
local pause = scopes[1].prefix .. ':pause'
local until_ms = math.max(tonumber(redis.call('GET', pause) or 0), pause_ms > 0 and now + pause_ms or 0)
if until_ms > now then redis.call('SET', pause, until_ms, 'PX', until_ms - now) end

-- An unknown limit: the rate falls when the provider refuses, and rises while it does not ----------
local aimd = scopes[1].prefix .. ':aimd'
local function number(name) return tonumber(redis.call('HGET', aimd, name) or 0) end
local recent = scopes[1].prefix .. ':ok'
if ok > 0 then
  redis.call('HINCRBY', recent, second, ok)
  redis.call('PEXPIRE', recent, 10000)
end
local function seen_rate()
  local counts, total, first = redis.call('HGETALL', recent), 0, second
  for i = 1, #counts, 2 do
    local age = second - tonumber(counts[i])
    if age > 3 then redis.call('HDEL', recent, counts[i])
    else
      total = total + tonumber(counts[i + 1])
      first = math.min(first, tonumber(counts[i]))
    end
  end
  return total / math.max(1, now / 1000 - first)
end
local rate, ceiling, changed = number('rate'), number('ceiling'), number('changed')
-- A first refusal with a duration is only waited out; a second one soon after starts the search for a rate.
local announced = limited and pause_ms > 0 and rate == 0 and now - number('told') > 30000
if announced then redis.call('HSET', aimd, 'told', now) redis.call('PEXPIRE', aimd, 600000) end
if limited and not announced and now - changed >= 1000 then
  ceiling = rate > 0 and rate or math.max(1, seen_rate(), scopes[1].at_once / 4)
  rate = math.max(0.5, ceiling * (rate > 0 and 0.8 or 0.9))
  changed = now
elseif rate > 0 and now - changed >= 1000 then
  rate = rate + (rate < ceiling * 0.9 and rate * 0.2 or math.max(0.2, rate * 0.03))
  changed = now
end
local bucket = 0
if rate > 0 then
  local most = math.max(1, rate / 4)
  bucket = math.min(most, number('bucket') + rate * math.max(0, now - number('filled')) / 1000)
  redis.call('HSET', aimd, 'rate', rate, 'ceiling', ceiling, 'changed', changed, 'bucket', bucket, 'filled', now)
  redis.call('PEXPIRE', aimd, 600000)
end

-- Requests and tokens of the last minute, counted by the second ------------------------------------------------
local function used(key)
  local counts, total = redis.call('HGETALL', key), 0
  for i = 1, #counts, 2 do
    if tonumber(counts[i]) <= second - WINDOW_S then redis.call('HDEL', key, counts[i])
    else total = total + tonumber(counts[i + 1]) end
  end
  return total
end
for _, refund in ipairs(call.refunds) do
  for _, scope in ipairs(scopes) do
    local key = scope.prefix .. ':tokens'
    if scope.tokens > 0 and redis.call('HEXISTS', key, refund[1]) == 1 then
      redis.call('HINCRBY', key, refund[1], refund[2])
    end
  end
end
-- A server that lost its data does not know the last minute's calls: wait it out, unless there were none.
local function counts_all(scope)
  if scope.per_minute == 0 and scope.tokens == 0 then return true end
  local key = scope.prefix .. ':since'
  local since = redis.call('GET', key) or (call.idle and 0 or now)
  redis.call('SET', key, since, 'PX', KEEP_MS)
  return now - tonumber(since) >= WINDOW_S * 1000
end
local function fit(scope)
  if not counts_all(scope) then return 0 end
  local requests_left = scope.per_minute > 0 and scope.per_minute - used(scope.prefix .. ':requests') or #call.requests
  local tokens_left = scope.tokens > 0 and scope.tokens - used(scope.prefix .. ':tokens') or math.huge
  local count = 0
  for _, tokens in ipairs(call.requests) do
    -- A request larger than the whole limit goes alone; otherwise it would never go.
    tokens_left = tokens_left - math.min(tokens, scope.tokens > 0 and scope.tokens or tokens)
    if count >= requests_left or tokens_left < 0 then break end
    count = count + 1
  end
  return count
end
local admitted = until_ms > now and 0 or #call.requests
for _, scope in ipairs(scopes) do admitted = math.min(admitted, fit(scope)) end
if rate > 0 then admitted = math.min(admitted, math.floor(bucket)) end
local tokens = 0
for i = 1, admitted do tokens = tokens + call.requests[i] end
if admitted > 0 then
  if rate > 0 then redis.call('HSET', aimd, 'bucket', bucket - admitted) end
  for _, scope in ipairs(scopes) do
    for name, count in pairs({[':requests'] = scope.per_minute > 0 and admitted or 0,
                              [':tokens'] = scope.tokens > 0 and tokens or 0}) do
      if count > 0 then
        redis.call('HINCRBY', scope.prefix .. name, second, count)
        redis.call('PEXPIRE', scope.prefix .. name, KEEP_MS)
      end
    end
  end
end
local metered = rate > 0 and 1 or 0
for _, scope in ipairs(scopes) do
  if scope.per_minute > 0 or scope.tokens > 0 then metered = 1 end
end
return {slots, admitted, math.max(0, until_ms - now), second, metered}
