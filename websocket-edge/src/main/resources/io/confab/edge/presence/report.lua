-- What one edge says of some users of one bucket. Publishes each user whose status changes.
-- KEYS: the users' hashes, then the set of the edge's users in the bucket, then the channel.
-- ARGV: edge, now, until when the edge's word counts, for how long a hash lives in ms, for how long
--   it is remembered who went in ms; then user and status for each hash.
-- Returns how many statuses changed.
local edge, now, deadline = 'edge:' .. ARGV[1], tonumber(ARGV[2]), ARGV[3]
local strength = { offline = 1, away = 2, online = 3, busy = 4 }
local members, channel = KEYS[#KEYS - 1], KEYS[#KEYS]
local changes = 0

for i = 1, #KEYS - 2 do
  local hash, user, status = KEYS[i], ARGV[4 + 2 * i], ARGV[5 + 2 * i]
  if status == 'offline' then
    redis.call('HDEL', hash, edge)
    redis.call('SREM', members, user)
  else
    redis.call('HSET', hash, edge, status .. ' ' .. deadline)
    redis.call('SADD', members, user)
  end

  local strongest, before, since = 'offline', 'offline', 0
  local fields = redis.call('HGETALL', hash)
  for f = 1, #fields, 2 do
    local word, time = string.match(fields[f + 1], '^(%a+) (%d+)$')
    if fields[f] == 'status' then
      before, since = word, tonumber(time)
    elseif tonumber(time) <= now then
      redis.call('HDEL', hash, fields[f])
    elseif strength[word] > strength[strongest] then
      strongest = word
    end
  end

  if strongest ~= before then
    -- Later than the last change by any clock, so that the order of changes can be told.
    local at = string.format('%.0f', math.max(now, since + 1))
    redis.call('HSET', hash, 'status', strongest .. ' ' .. at)
    redis.call('SPUBLISH', channel, user .. ' ' .. strongest .. ' ' .. at)
    changes = changes + 1
  end
  redis.call('PEXPIRE', hash, strongest == 'offline' and ARGV[5] or ARGV[4])
end

redis.call('PEXPIRE', members, ARGV[5])
return { tostring(changes) }
