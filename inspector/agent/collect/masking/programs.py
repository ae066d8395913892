"""Which flags and places of which programs take a secret: one table.

A line is *programs*: *rules*. A rule names where the secret stands, and may add ``:kind``, what of it is secret:

========= =========================================================================================
``-p``    the flag's value: the next word, or what follows within the word (``-px``, ``-p=x``)
``>3``    the third word that is no flag
``set>2`` the second word that is no flag after the word ``set``
``-b>2``  the same after a flag; ``x.>2``: after a word that begins with ``x.``
``a>-p``  the flag's value, after the word ``a``
``a>all`` every value of ``name=value`` after the word ``a``
========= =========================================================================================

Kinds: ``own``, only what follows within the same word; ``next``, only the next word; ``pairs``, of ``a=b,c=d`` the
values of secrets' names; ``all``, every value; ``colon``, ``percent``, ``comma``, ``slash``, what follows that sign,
as in ``user:password``; ``colon2``, what follows the last one; ``userinfo``, what stands from the sign to ``@``;
``user``, what follows the sign, or all of a long word; ``cookie``, all where it is no file's name; ``bare``, all
unless it is ``name=value``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_TABLE: Final = """
mysql mysqldump mysqlimport mysqlshow mysqlcheck mysqlslap mysqlbinlog mariadb mariadb-dump mariadb-check: -p:own
mariadb-import mariadb-show mariadb-binlog mariadb-backup mycli: -p:own --password
mysqladmin mariadb-admin: -p:own password>1
xtrabackup innobackupex mydumper myloader pt-query-digest pt-table-checksum: -p --password
pt-online-schema-change pt-kill: -p --password
mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop: -p --password
redis-cli valkey-cli keydb-cli redis-benchmark: -a --pass auth>1 AUTH>1 requirepass>1 masterauth>1
redis-server valkey-server: --requirepass --masterauth
psql pg_dump pg_restore createdb pgbench pgcli usql: --password:own
sqlcmd bcp tsql isql mssql-cli osql: -P
sqlplus sqlldr exp imp expdp impdp rman: >1:slash
cockroach arangosh arangodump cypher-shell neo4j-admin: -p --password --server.password
ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldappasswd ldapcompare: -w -s -a:own
sshpass: -p
plink pscp psftp putty: -pw
curl: -u:colon --user:colon -U:colon --proxy-user:colon --pass --oauth2-bearer --proxy-pass -b:cookie --cookie:cookie
wget aria2c: --password --http-password --ftp-password --proxy-password --http-passwd --ftp-passwd --rpc-secret
http https xh httpie: -a:user --auth:user
ab hey wrk siege vegeta bombardier: -A:colon -a:colon -P:colon
smbclient rpcclient smbmap winexe wmiexec.py psexec.py smbget smbcacls net: -U:percent --user:percent
lftp: -u:comma
ncftp ncftpget ncftpput: -u:comma -p
ftp sftp tnftp: -u:colon
htpasswd: -b>3 -n>2
wpa_passphrase: >2
nmcli: password>1 wifi-sec.psk wifi-sec.psk>1 802-11-wireless-security.psk>1 vpn.secrets>1:equals
snmpwalk snmpget snmpset snmpbulkwalk snmptrap snmpgetnext snmptable: -c -A -X
zip zipcloak: -P
7z 7za 7zr 7zz rar unrar: -p:own -hp:own
unzip: -P
pdftk qpdf pdftotext: user_pw>1 owner_pw>1 input_pw>1 -upw -opw --password
pdftoppm pdftocairo pdfimages pdftohtml pdfinfo: -upw -opw
gpg gpg2 gpgsm: --passphrase
keytool jarsigner apksigner: -storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass
cryptsetup veracrypt truecrypt: -p --password
docker podman nerdctl buildah oras regctl crane skopeo helm ctr img: --password --creds:colon --src-creds:colon
skopeo podman buildah: --dest-creds:colon
docker podman nerdctl buildah oras regctl crane skopeo helm: login>-p
docker podman nerdctl buildah kaniko: --build-arg:pairs -e:pairs --env:pairs --env-add:pairs
ctr: -u:colon --user:colon
helm: --set:pairs --set-string:pairs --set-json:pairs --set-literal:pairs
kubectl oc k3s microk8s: --docker-password --from-literal:all --token --password
oc: login>-p
az: login>-p set>--value --admin-password --account-key --sas-token --password
gcloud: --set-env-vars:pairs --update-env-vars:pairs
aws: put-parameter>--value --secret-string --master-user-password --password --parameters:pairs
doctl hcloud linode-cli scw civo: -t --access-token --token
ibmcloud bx: -p --apikey
cf: login>-p auth>2
vault bao: login>1:bare put>all patch>all unseal>1 rekey>1 -token
consul nomad: -token
etcdctl: --user:colon --password
rabbitmqctl: add_user>2 change_password>2 authenticate_user>2
rabbitmqadmin: -p --password
mosquitto_pub mosquitto_sub mosquitto_rr: -P --pw
mosquitto_passwd: -b>3
kafka-configs.sh kafka-configs: --add-config:pairs
nats: --password --token
mc mcli: set>4 add>4 add>3
minio: --secret-key
rclone restic borg duplicity kopia: --password --sftp-pass --webdav-pass
rclone: obscure>1
s3cmd: --secret_key --access_token
ansible ansible-playbook ansible-pull ansible-console: -e:pairs --extra-vars:pairs
twine: -p --password
poetry: publish>-p --password http-basic.>2 pypi-token.>1
uv hatch flit: --token --password -a --auth
gem: -k --key -p
cargo: login>1:bare --token
npm pnpm yarn: set>2 --otp
nuget choco: setapikey>1 SetApiKey>1 -ApiKey -k -Password -p --api-key --key
dotnet: -k --api-key --password -p:password
gh glab: set>--body set>-b set>--value login>--token login>-t
jenkins-cli java: -auth:colon
heroku fly flyctl: set>all config:set>all
ngrok: authtoken>1 add-authtoken>1 add-api-key>1 --authtoken
cloudflared: --token install>1
tailscale headscale: --authkey --auth-key --auth-token
zerotier-cli zerotier-one: authtoken>1
vercel now: -t --token
netlify firebase surge: --auth --token
snyk: auth>1
codecov: -t --token
sentry-cli: --auth-token
cosign: --password
argocd: --password --auth-token
rancher: -t --token
flux: --password --token
eksctl kops: --token
op bw lpass pass: create>all unlock>1 --password login>2
security: -p -w -P
xcrun altool notarytool: -p --password
xfreerdp wlfreerdp freerdp: /p:own /gp:own
rdesktop: -p
x11vnc: -passwd
vncpasswd: >1
useradd usermod: -p --password
grafana-cli grafana: reset-admin-password>1
wp: --dbpass --user_pass
drush: --account-pass --db-url --db-pw
superset airflow flask: -p --password --conn-password
elasticsearch-users elasticsearch-setup-passwords: -p --password
filebeat metricbeat packetbeat heartbeat auditbeat logstash: -E:pairs
swaks sendemail sendEmail msmtp: -ap --auth-password -xp --ap
fetchmail mutt mailx s-nail: -S:pairs
openconnect openvpn: --passwd --auth-pass
govc virsh vboxmanage VBoxManage: --password
newman postman k6 artillery jmeter: --env-var:pairs -e:pairs --global-var:pairs -J:pairs
celery flower gunicorn uwsgi: --env:pairs --basic_auth:colon --basic-auth:colon
jupyter jupyter-lab jupyter-notebook: --ServerApp.token --NotebookApp.token --IdentityProvider.token
rspamadm: pw>-p
logcli promtool amtool: --password --bearer-token
telegram-send slackcat: --token
supervisorctl: -p
transmission-remote transmission-daemon qbittorrent-nox: -n:colon --auth:colon -v:own
tmate ttyd gotty: -c:colon --credential:colon --api-key -k
frpc frps: -t --token
ss-local ss-server ss-redir sslocal ssserver v2ray: -k --password
wpscan hydra medusa nxc crackmapexec evil-winrm: -p --api-token
kinit kadmin kadmin.local: -w -pw
radtest: >2 >5
iscsiadm: --value -v
drill dig nsupdate: -y:colon2
ipmitool: -P -k
racadm hponcfg: -p
openssl: -k:next -K:next -macopt:colon
mount mount.cifs mount.nfs sshfs s3fs curlftpfs: -o:pairs
java mvn mvnw gradle gradlew sonar-scanner: -Dsonar.login:own
pulumi: --secret>2
git: -c:pairs
cqlsh: -p
influx: -password -t --token
mysqlsh: >1:userinfo
caddy: --plaintext
beeline smbmap sqoop netexec crackmapexec: -p --password
samba-tool: create>2 add>2 --newpassword
open: -u:comma
wpa_cli: psk>1 password>1
mkpasswd slappasswd: >1 >2 -s
redis-sentinel: auth-pass>2
rman: target>1:slash catalog>1:slash auxiliary>1:slash
isql iusql: >3
db2: using>1
curl: -E:colon --cert:colon --tlspassword --key-pass
lwp-request: -C:colon
ssh-keygen: -N -P
puttygen: --old-passphrase --new-passphrase
consul nomad serf: -encrypt
vault bao: secret_id:own
ansible-vault: encrypt_string>1:bare
salt salt-call: shadow.set_password>2 user.setpassword>2
kopia: -p
openssl: passwd>1 passwd>2 -hmac:next
qpdf: --encrypt>1 --encrypt>2
bundle bundler: config>2:colon config>3:colon
composer: http-basic.>2 github-oauth.>1 gitlab-token.>1 bearer.>1
zerotier-cli: -T
net: add>2:bare
wmic winexe pth-winexe: -U:percent
ipa-client-install ipa ipa-server-install ipa-replica-install: -w -a
virsh: --base64 secret-set-value>2
squidclient: -w -W
esphome esptool.py espota.py mos: -a --auth
steamcmd: +login>2
irssi weechat: -w
geth: --ethstats:userinfo
chisel: --auth:colon
xmrig cgminer bfgminer cpuminer minerd: -p
vncdotool vncdo: -p
gobuster ffuf wfuzz feroxbuster sqlmap: -P -U:colon
cadaver davfs2: -p:own
mtr rclone: --webdav-bearer-token --http-proxy-pass
pgbouncer odyssey: -W
pg_basebackup pg_receivewal: -W:own
rabbitmq-diagnostics rabbitmq-plugins: --password
stunnel socat: --password
certbot acme.sh lego: --eab-hmac-key --pfx-password
smtp-cli: --pass
orchestrator-client: -b:colon
redis-cli valkey-cli keydb-cli: SETUSER>3 setuser>3
memtier_benchmark: -a
dgmgrl sqlcl sql adrci: >1:slash
isql-v: >3
microk8s: join>1:slash
awslocal: put-parameter>--value --secret-string --master-user-password --password
swift: -K -k
b2: authorize-account>2 authorize_account>2
certutil pk12util: -W -K
iwconfig: key>1
hostapd_cli: wps_ap_pin>2
netbird: --setup-key -k
net: user>2:bare /user:a>1 use>3:bare
wbinfo: -a:percent -K:percent
xfreerdp3 sdl-freerdp: /p:own /gp:own
ktutil: -w
ipmitool: password>2
emqx_ctl emqx: add>2
doveadm: test>2 -p
mcrcon rcon rcon-cli: -p -P --password
check_http check_mysql check_snmp check_pgsql check_ldap check_ssh check_imap check_smtp: -a:colon -C
bacula-console bconsole: -p
gitlab-runner: register>-r
signtool: /p
knife: -P
oathtool: >1
ykman: add>2
bitcoin-cli litecoin-cli dogecoin-cli: walletpassphrase>1 encryptwallet>1 walletpassphrasechange>1
bitcoin-cli litecoin-cli dogecoin-cli: walletpassphrasechange>2
yubico-piv-tool: -P -N -k
nikto: -id:colon
dbaccess: USING>1
"""


class Rule(NamedTuple):
    """The place of one secret, and the part of it that is hidden."""

    flag: str  # "": a place gives it
    kind: str
    after: str  # "": anywhere
    place: int  # 0: a flag gives it


_FAMILIES: Final = {"mysql": "mysql", "mariadb": "mysql", "mongo": "mongo", "check_": "check_http", "pt-": "pt-kill"}


def family_of(program: str) -> str:
    """The program whose rules hold for one that is not in the table and has a name like it."""
    return next((known for start, known in _FAMILIES.items() if program.startswith(start) and "." not in program), "")


def parse_rule(text: str) -> Rule:
    """A rule as the table writes it."""
    after, sign, rest = text.rpartition(">")
    place, _, kind = rest.partition(":")
    if not sign or place.startswith("-"):
        return Rule(place, kind or "value", after, 0)
    return Rule("", "all" if place == "all" else kind or "value", after, 0 if place == "all" else int(place))


def parse_line(line: str) -> tuple[list[str], list[Rule]]:
    """The programs and rules of a line of the table."""
    programs, _, rules = line.partition(": ")
    return programs.split(), [parse_rule(text) for text in rules.split()]


def _read(table: str) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for programs, rules in map(parse_line, table.strip().splitlines()):
        for program in programs:
            found[program] = (*found.get(program, ()), *rules)
    return found


RULES: Final = _read(_TABLE)

_HARMLESS: Final = """
docker podman buildah nerdctl buildctl: --secret
kubectl oc: --from-file --from-env-file
ffmpeg ffprobe x264 x265 mencoder HandBrakeCLI: -pass --pass
openvpn: --tls-auth --tls-crypt --auth-user-pass --auth --secret --askpass
wget wget2: --private-key
virsh: --secret
gem: --key
etcd kube-apiserver: --auth-token --token-auth-file
minio: --certs-dir
pulumi: --secret
aws gcloud az: --secret-id --key-id --key-name --secret
restic rclone borg: --password-command --password-file
"""


def _read_flags(table: str) -> dict[str, frozenset[str]]:
    lines = (line.partition(": ") for line in table.strip().splitlines())
    return {program: frozenset(flags.split()) for programs, _, flags in lines for program in programs.split()}


HARMLESS: Final = _read_flags(_HARMLESS)
"""Flags that take a file's name, a number or the like, though their names say a secret."""

UNLIKE: Final = _read_flags("""
docker podman nerdctl buildah kubectl oc docker-compose: -u -U -p -P --user -w -l
sudo doas su runuser setpriv chroot gosu su-exec: -u -U -p -P -w -l --user
journalctl systemctl systemd-run loginctl busctl: -u -p -P
ps top htop pgrep pkill lsof strace gdb perf: -u -U -p -P
rsync tar cp mv install patch diff git hg sort rpm dpkg: -u -U -p -P -w -D -l
ssh scp sftp autossh mosh ssh-keyscan: -l -D -p -P -w
mvn mvnw gradle gcc g++ clang cc make cmake: -U -P -D -l -p -w -u
gunicorn uwsgi celery nginx httpd apache2 named ntpd memcached chronyd dnsmasq: -u -p -P -w -l -D
tcpdump nmap ping traceroute mtr dig netstat ss iperf iperf3 tshark: -U -p -P -w -l -D -u
psql pg_dump pg_restore pg_dumpall createdb dropdb pg_isready vacuumdb initdb pg_basebackup: -p -P -w -l
nodetool: -p
minisign signify signify-openbsd: -P -p
java python python3 node ruby perl php: -u -U -p -P -D -w -l
""")
"""Programs whose flags look like those of a user and a password, and are others."""

EVERYWHERE: Final = {
    rule.flag: rule
    for rule in map(
        parse_rule,
        (
            *("--creds:colon", "--src-creds:colon", "--dest-creds:colon", "--basic-auth:colon", "--http-auth:colon"),
            *("--proxy-auth:colon", "--proxy-user:colon", "--set:pairs", "--set-string:pairs", "--from-literal:all"),
            *("--env-vars:pairs", "--set-env-vars:pairs", "--parameters:pairs", "--userpass:colon", "--auth:colon"),
            *("-auth:colon", "--cookie:cookie", "--credentials:colon", "--web-auth:colon", "--netcam_userpass:colon"),
        ),
    )
}
"""The rules of every program, by their flag."""

# fmt: off
PLAIN: Final = frozenset((
    "apk", "apt", "apt-get", "awk", "brew", "cat", "chmod", "chown", "command", "cp", "diff", "dnf", "dpkg", "echo",
    "egrep", "fgrep", "file", "grep", "head", "info", "journalctl", "kill", "killall", "less", "ln", "locate", "ls",
    "man", "mkdir", "more", "mv", "nano", "pacman", "pgrep", "pip", "pip3", "pkill", "printf", "ps", "rg", "rm",
    "sed", "service", "stat", "systemctl", "tail", "tee", "touch", "type", "vi", "vim", "wc", "which", "whereis",
    "yum", "zypper",
))
"""Programs whose words are names or texts, never another program's command line."""

SHELLS: Final = frozenset((
    "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh", "busybox", "su", "runuser", "script",
    "flock", "sg",
))
"""Programs that run what follows ``-c``."""

REMOTES: Final = frozenset(("ssh", "watch", "eval", "tmux", "screen", "parallel"))
"""Programs that give a shell what stands in one of their words."""

SWITCHES: Final = frozenset((
    "--detach", "--disable-content-trust", "--init", "--interactive", "--no-healthcheck", "--oom-kill-disable",
    "--privileged", "--publish-all", "--quiet", "--read-only", "--replace", "--rm", "--sig-proxy", "--tty",
))
"""Options of ``docker run`` that take no value; short ones are of the letters ``ditPq``."""
# fmt: on

CONTAINERS: Final = frozenset(("docker", "podman", "nerdctl"))
READS_SECRET: Final = frozenset(
    (
        "--password-stdin",
        "--pass-stdin",
        "--token-stdin",
        "--with-token",
        "--passphrase-fd",
        "--stdin",
        "chpasswd",
        "--api-key-stdin",
        "--secret-stdin",
        "smbpasswd",
        "cryptsetup",
        "-S",
        "--pinentry-mode",
        "ssh-add",
    )
)
"""Words of a command that reads a secret from its input: what ``echo`` pipes there is one."""
