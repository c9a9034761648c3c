# The init of a host, called with its name and the lines of its sshd_config;
# the keys stand in the environment. On the ground of network namespaces it
# makes the host's own directories and waits for the cable.
name=$1 config=$2
set -e
if [ -n "${CLUSTER_NETNS-}" ]; then
	for dir in /root /tmp /var/tmp /run /dev/shm; do
		mount -t tmpfs -o size=4m,mode=1777 tmpfs "$dir"
	done
	mount -t proc proc /proc
	hostname "$name"
	read -r _
fi
chmod 755 /root
mkdir -p /run/sshd /run/cluster
umask 077
printf '%s\n' "$HOST_KEY" >/run/cluster/host_key
printf '%s\n' "$CLIENT_KEY" >/run/cluster/authorized_keys
printf '%s\n' "$config" >/run/cluster/sshd_config
umask 022
unset HOST_KEY CLIENT_KEY CLUSTER_NETNS
sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
exec "$sshd" -D -e -f /run/cluster/sshd_config </dev/null
