-- Says that some users of one bucket have sessions at an edge.
-- KEYS: the users' hashes. ARGV: edge, now, until when that counts, for how long a hash lives in ms.
-- Returns the places, from 0, of the users of whom that was not known until now.
local edge, now = ARGV[1], tonumber(ARGV[2])
local answer = {}

for i = 1, #KEYS do
  local fields = redis.call('HGETALL', KEYS[i])
  local known = false
  for f = 1, #fields, 2 do
    if tonumber(fields[f + 1]) <= now then
      redis.call('HDEL', KEYS[i], fields[f])
    elseif fields[f] == edge then
      known = true
    end
  end
  redis.call('HSET', KEYS[i], edge, ARGV[3])
  redis.call('PEXPIRE', KEYS[i], ARGV[4])
  if not known then
    answer[#answer + 1] = tostring(i - 1)
  end
end

return answer
