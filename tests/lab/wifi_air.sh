# Runs inside the emulated machine: seven access points, two stations, one monitor; then the product's own scanner.
# wlan0 WPA2, wlan1 WPA3, wlan2 open, wlan3 an evil twin of wlan0, wlan4 hidden, wlan5 5 GHz WPA2/WPA3, wlan8 802.1X;
# wlan6 and wlan7 listen, wlan9 joins, from a network namespace of its own, so that its packets go through the air.
export PATH=/usr/sbin:/sbin:/usr/bin:/bin LANG=C.UTF-8
W=/tmp/w; mkdir -p $W; ip link set lo up; iw reg set CN; sleep 0.5
common() { printf 'driver=nl80211\nctrl_interface=/run/hostapd\ncountry_code=CN\nieee80211d=1\nbeacon_int=100\ninterface=%s\n' "$1"; }
two() { printf 'hw_mode=g\nchannel=%s\nieee80211n=1\n' "$1"; }
psk='wpa=2\nrsn_pairwise=CCMP\nwpa_passphrase=not-a-secret-1\n'
{ common wlan0; two 1; printf "ssid=Campus\nwpa_key_mgmt=WPA-PSK\nbss_load_test=12:80:2000\n$psk"; } > $W/0
{ common wlan1; two 6; printf 'ssid=Campus-Secure\nwpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\nsae_password=not-a-secret-2\n'; } > $W/1
{ common wlan2; two 11; printf 'ssid=Campus-Guest\n'; } > $W/2
{ common wlan3; two 11; printf 'ssid=Campus\n'; } > $W/3
{ common wlan4; two 13; printf "ssid=Hidden\nignore_broadcast_ssid=1\nwpa_key_mgmt=WPA-PSK\n$psk"; } > $W/4
{ common wlan5; printf 'hw_mode=a\nchannel=36\nieee80211n=1\nieee80211ac=1\nht_capab=[HT40+]\nvht_oper_chwidth=1\nvht_oper_centr_freq_seg0_idx=42\nssid2="校园网-5G"\nutf8_ssid=1\nwpa_key_mgmt=WPA-PSK SAE\nieee80211w=1\n'"$psk"; } > $W/5
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=radius.example -keyout $W/key -out $W/cert 2>/dev/null
printf '"teacher" PEAP\n"teacher" MSCHAPV2 "not-a-secret-3" [2]\n' > $W/users
{ common wlan8; two 6; printf "ssid=Campus-1X\nwpa=2\nwpa_key_mgmt=WPA-EAP\nrsn_pairwise=CCMP\nieee8021x=1\neap_server=1\neap_user_file=$W/users\nca_cert=$W/cert\nserver_cert=$W/cert\nprivate_key=$W/key\n"; } > $W/8
for i in 0 1 2 3 4 5 8; do hostapd -B -P /run/hostapd$i.pid $W/$i >/dev/null 2>/tmp/out/hostapd$i.err || echo "hostapd $i failed"; done
# What a station hears is rx_rssi of the access point's radio plus its power; the file wants the negative number unsigned.
hear() { p=$(iw dev wlan$1 info | awk '/txpower/{print int($2)}'); printf '%u' $(($2 - p)) > /sys/kernel/debug/ieee80211/phy$1/hwsim/rx_rssi; }
hear 0 -42; hear 1 -58; hear 2 -67; hear 3 -60; hear 4 -66; hear 5 -72; hear 8 -55
ip link set wlan6 up
iw dev wlan7 set type monitor; ip link set wlan7 up; iw dev wlan7 set freq 2412
@PYTHON@ @STATION@ /tmp/out > /tmp/out/station.log 2>&1; echo "station ended with $?"

# The station that joins: wpa_supplicant by itself, and a DHCP client that it tells of the link.
ip addr add 10.77.0.1/24 dev wlan0; ip addr add 10.78.0.1/24 dev wlan8
dnsmasq --conf-file=/dev/null --port=0 --bind-interfaces --interface=wlan0 --interface=wlan8 --except-interface=lo --user=root \
  --dhcp-range=10.77.0.50,10.77.0.60,1h --dhcp-range=10.78.0.50,10.78.0.60,1h --dhcp-leasefile=$W/leases --dhcp-authoritative --no-ping
cat > $W/supplicant <<X
ctrl_interface=/run/wpa_supplicant
country=CN
network={
 ssid="Campus"
 psk="not-a-secret-1"
 disabled=1
}
network={
 ssid="Campus-1X"
 key_mgmt=WPA-EAP
 eap=PEAP
 identity="teacher"
 password="not-a-secret-3"
 phase2="auth=MSCHAPV2"
 ca_cert="$W/cert"
 disabled=1
}
X
printf '#!/bin/sh\ncase $2 in CONNECTED) busybox udhcpc -i $1 -n -q -t 10 -T 1 -s %s/leased;; DISCONNECTED) ip addr flush dev $1;; esac\n' $W > $W/told
printf '#!/bin/sh\n[ "$1" = bound ] && ip addr add $ip/24 dev $interface && ip route add default via $router dev $interface\n' > $W/leased
chmod +x $W/told $W/leased
ip netns add sta; iw phy phy9 set netns name sta; ip -n sta link set lo up; ip -n sta link set wlan9 up
in_sta() { ip netns exec sta "$@"; }
in_sta wpa_supplicant -B -t -f /tmp/out/supplicant.log -i wlan9 -c $W/supplicant > /dev/null 2>&1
in_sta wpa_cli -B -i wlan9 -a $W/told > /dev/null
in_sta @PYTHON@ @STATION@ /tmp/out join > /tmp/out/joins.log 2>&1; echo "joins ended with $?"
sync
