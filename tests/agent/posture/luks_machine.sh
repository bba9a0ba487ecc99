#!/bin/bash
# Makes the recordings tests/hosts/debian-12-emulated-*: real dm-crypt and LVM in an emulated
# machine, where the developer's own kernel has no device mapper. As root, about 8 minutes:
#   tests/agent/posture/luks_machine.sh /var/tmp/luks
# The recordings are then in /var/tmp/luks/recordings. Needs debootstrap and a Debian mirror.
# These are the steps that made the two recordings, put into one script; as one script it has run up to
# the making of the emulator's chroot only.
set -eu
here=$(cd "$(dirname "$0")/../../.." && pwd)
mkdir -p "$1" && cd "$1"

debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,python3-psutil,python3-jeepney,cryptsetup-bin,lvm2,nftables,util-linux,kmod,e2fsprogs,procps bookworm root
chroot root apt-get install -y --no-install-recommends linux-image-cloud-amd64 initramfs-tools
debootstrap --variant=minbase bookworm emulator
chroot emulator apt-get install -y --no-install-recommends qemu-system-x86
mkdir -p root/opt/t && cp -r "$here/agent/tutelage_agent" "$here/protos/tutelage_wire" root/opt/t/

cat > root/opt/t/record.py <<'X'
import sys
from pathlib import Path

sys.path.insert(0, "/opt/t")
from tutelage_agent.host import recording
from tutelage_agent.host.local import LocalHost
from tutelage_agent.host.scrub import scrubber_for
from tutelage_agent.posture import DeviceClass, Profile, load_reference, run_checks

local = LocalHost(state=Path("/nonexistent"), salt=b"x")
host = recording.RecordingHost(local)
found = run_checks(
    host, profiles=tuple(Profile), device_class=DeviceClass.ASSIGNED,
    reference=load_reference(), now=host.now(),
)
for one in found:
    print("VERDICT", one.check_id, one.profile, one.status, one.reason, one.actual)
recording.write(host, Path(sys.argv[1]), title=sys.argv[2], scrubber=scrubber_for(local))
X

cat > root/init.sh <<'X'
#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DM_DISABLE_UDEV=1
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run
mount -o remount,rw /
date -u -s "@$(tr ' ' '\n' < /proc/cmdline | sed -n 's/^now=//p')"
for module in dm_mod dm_crypt xts ext4 nf_tables; do modprobe $module; done
mkdir -p /out; mount -t ext4 /dev/vdc /out
echo -n tutelage > /run/key
cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
    --key-file /run/key /dev/vdb
cryptsetup open --key-file /run/key /dev/vdb school_crypt
pvcreate -y /dev/mapper/school_crypt; vgcreate school /dev/mapper/school_crypt
lvcreate -y -Zn -L 900M -n root school; lvcreate -y -Zn -L 64M -n swap school
vgmknodes; dmsetup mknodes
mkfs.ext4 -q /dev/mapper/school-root; mkdir -p /srv/data; mount /dev/mapper/school-root /srv/data
mkswap /dev/mapper/school-swap; swapon /dev/mapper/school-swap
python3 /opt/t/record.py /out/plain "root on a plain disk; data and swap on LVM on LUKS2"
# The same system again, with its root on the encrypted volume.
cd / && tar cf - --one-file-system --exclude=./srv --exclude=./boot --exclude=./usr/lib/modules \
    --exclude=./var/cache --exclude=./out . | tar xf - -C /srv/data
mkdir -p /srv/data/{proc,sys,dev,run,out,oldroot}
for place in proc sys dev run out; do mount --move /$place /srv/data/$place; done
cd /srv/data && pivot_root . oldroot && cd / && umount -l /oldroot
python3 /opt/t/record.py /out/luks "root and swap on LVM on LUKS2"
sync; umount /out; sync; sleep 1; echo o > /proc/sysrq-trigger; sleep 60
X
chmod +x root/init.sh

kernel=$(basename root/boot/vmlinuz-* | sed s/vmlinuz-//)
cp "root/boot/vmlinuz-$kernel" "root/boot/initrd.img-$kernel" emulator/
rm -rf root/var/cache/apt/archives/*.deb root/usr/share/{doc,locale}
truncate -s 900M emulator/root.img && mke2fs -q -t ext4 -d root emulator/root.img
truncate -s 1200M emulator/luks.img
truncate -s 64M emulator/out.img && mke2fs -q -t ext4 emulator/out.img
disks=()
for disk in root luks out; do
    disks+=(-drive "file=/$disk.img,if=virtio,format=raw,cache=unsafe")
done
chroot emulator qemu-system-x86_64 -accel tcg,thread=multi -m 1024 -smp 2 -nographic -no-reboot \
    -kernel "/vmlinuz-$kernel" -initrd "/initrd.img-$kernel" \
    -append "root=/dev/vda rw console=ttyS0 quiet init=/init.sh now=$(date +%s)" \
    "${disks[@]}" -nic none < /dev/null
mkdir -p recordings && debugfs -R "rdump / recordings" emulator/out.img
