# Runs inside the emulated machine: six access points, one station, one monitor; then the product's own scanner.
# wlan0 WPA2, wlan1 WPA3, wlan2 open, wlan3 an evil twin of wlan0, wlan4 hidden, wlan5 5 GHz WPA2/WPA3; wlan6, wlan7 listen.
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
for i in 0 1 2 3 4 5; do hostapd -B -P /run/hostapd$i.pid $W/$i >/dev/null 2>/tmp/out/hostapd$i.err || echo "hostapd $i failed"; done
# What a station hears is rx_rssi of the access point's radio plus its power; the file wants the negative number unsigned.
hear() { p=$(iw dev wlan$1 info | awk '/txpower/{print int($2)}'); printf '%u' $(($2 - p)) > /sys/kernel/debug/ieee80211/phy$1/hwsim/rx_rssi; }
hear 0 -42; hear 1 -58; hear 2 -67; hear 3 -60; hear 4 -66; hear 5 -72
ip link set wlan6 up
iw dev wlan7 set type monitor; ip link set wlan7 up; iw dev wlan7 set freq 2412
@PYTHON@ @STATION@ /tmp/out > /tmp/out/station.log 2>&1; echo "station ended with $?"
sync
