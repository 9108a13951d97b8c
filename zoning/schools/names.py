"""What public school lists call the columns of an inventory."""

from __future__ import annotations

from typing import Final

# Small letters and digits only; the first name that a table has counts. From the files of NCES
# (CCD, EDGE, HIFLD), the Urban Institute, California, Texas and city portals.
ALSO_CALLED: Final[dict[str, tuple[str, ...]]] = {
    "school_id": (
        *(
            "ncessch",
            "ncesid",
            "ncesschoolid",
            "ncesschid",
            "schoolidncesassigned",
            "cdscode",
            "stateschoolid",
        ),
        *("schoolcode", "schoolnumber", "schoolnum", "schoolno", "schcode", "schnumber", "schnum"),
        *("schno", "schid", "siteid", "sitecode", "sitenumber", "siteno", "locationid"),
        *("locationcode", "loccode", "atscode", "dbn", "facilityid", "campusnumber"),
        *("schoolcd", "schcd", "entitycode", "buildingcode", "bldgcode", "rcdts", "ppin"),
    ),
    "name": (
        *("schoolname", "schname", "schnam", "schoolnm", "school", "facilityname", "facility"),
        *("facname", "sitename", "campusname", "campname", "locationname", "locname", "longname"),
        *("fullname", "nameofschool", "institutionname", "instname", "schoollongname"),
        *("schoolnamelong", "schoolnameshort", "entityofficialname", "buildingname", "pinst"),
    ),
    "level": (
        *("schoollevel", "schlevel", "schoollevelname", "gradelevel", "gradelevels", "levels"),
        *("educationlevel", "edlevel", "levelname", "eilname", "leveltext", "schleveltext"),
    ),
    "grades": (
        *("gradespan", "gradesserved", "gsserved", "gsoffered", "gradesoffered", "graderange"),
        *("graderanges", "gradespans", "gradeorg", "gradeconfiguration", "gradeconfig", "grade"),
        *("gradesfinaltext", "gradestext", "entityactualgrades", "gradecode"),
    ),
    "grade_low": (
        *("gslo", "lowgrade", "lograde", "logrd", "lowestgrade", "lowestgradeoffered"),
        *("lowgradeserved", "gradelo", "lowgr", "startgrade", "startgrad", "stgrade", "begingrade"),
        *("beginninggrade", "fromgrade", "gradefrom", "mingrade", "grademin", "firstgrade"),
    ),
    "grade_high": (
        *("gshi", "highgrade", "higrade", "higrd", "highestgrade", "highestgradeoffered"),
        *("highgradeserved", "gradehi", "highgr", "endgrade", "endinggrade", "tograde", "gradeto"),
        *("maxgrade", "grademax", "lastgrade"),
    ),
    "latitude": (
        *("lat", "latcod", "latdd", "latcen", "declat", "schoollatitude", "latitudedd", "ylat"),
        *("y", "ycoord", "ycoordinate", "pointy", "northing", "entitylatitude"),
    ),
    "longitude": (
        *("lon", "lng", "long", "loncod", "longcod", "londd", "longdd", "loncen", "longcen"),
        *("declon", "declong", "schoollongitude", "longitudedd", "xlon", "xlong"),
        *("x", "xcoord", "xcoordinate", "pointx", "easting", "entitylongitude"),
    ),
    "enrollment": (
        *("enrolment", "member", "membership", "totalenrollment", "totenroll", "enrolltotal"),
        *(
            "enrollmenttotal",
            "currentenrollment",
            "totalstudents",
            "totalstudentsallgrades",
            "studentcount",
            "students",
        ),
        *("studentcounttotal", "numberofstudents", "totalstud", "totstud", "enroll", "pupils"),
        *("schoolenrollment", "studentenrollment", "numstuds", "total"),
    ),
    "address": (
        *("streetaddress", "street", "lstreet1", "lstreet", "lstree", "streetlocation", "address1"),
        *("physicaladdress", "schooladdress", "siteaddress", "locationaddress", "addr", "street1"),
        *("primaryaddressline1", "entityphysicalstreet", "paddrs"),
    ),
    "zip": ("zipcode", "lzip", "ziplocation", "zip5", "postalcode"),
    "feeder_high_school_ids": (
        *("feederhighschools", "feederhighschool", "feederhighschoolid", "feederhs", "feeders"),
        *("feeder", "feederpattern", "feedsto", "highschoolfeeder", "hsfeeder", "highschool"),
    ),
    "bell_start": (
        *("belltimestart", "startbell", "firstbell", "starttime", "schoolstarttime", "schoolstart"),
        *("startofday", "openingbell", "instructionstart"),
        *("bellschedule", "belltimes", "schoolhours", "hours"),
    ),
    "bell_end": (
        *("belltimeend", "endbell", "lastbell", "endtime", "schoolendtime", "schoolend"),
        *("endofday", "dismissaltime", "dismissal", "closingbell", "releasetime", "instructionend"),
        *("bellschedule", "belltimes", "schoolhours", "hours"),
    ),
}
# With a projected coordinate system named, these come before names of degrees.
PROJECTED: Final = {
    "latitude": ("y", "ycoord", "ycoordinate", "pointy", "northing", "latitude", "lat"),
    "longitude": ("x", "xcoord", "xcoordinate", "pointx", "easting", "longitude", "lon"),
}
# Columns that hold a level or a program in some lists and something else in others: what is in
# them decides.
PERHAPS_LEVEL: Final = (
    *("schooltype", "schtype", "type", "category", "schoolcategory", "primarycategory"),
    *("schoolclass", "locationcategory", "locationcategorydescription", "facuse", "eilcode"),
)
PERHAPS_PROGRAM: Final = (
    *("schtypetext", "schooltypetext", "schtype", "schooltype", "type", "soctype", "edopsname"),
    *("instructiontype", "locationtypedescription", "programtype", "schoolprogram"),
)
VIRTUAL: Final = ("virtual", "virtualtext", "virtualstatus", "virtualschoolstatus", "virtualschool")
# Whether a school is open.
STATUS: Final = (
    *("systatustext", "statustype", "startofyearstatus", "schoolstatus", "operationalstatus"),
    *("entitystatus", "statusdescriptions", "status"),
)
# Columns that GDAL makes of a KML.
OF_KML: Final = ("tessellate", "extrude", "visibility", "draworder", "icon", "altitudemode")
# Words in the names of columns that could hold what was not found.
LOOKS_LIKE: Final = {
    "name": ("name", "school", "campus"),
    "enrollment": ("enrol", "student", "pupil", "member"),
    "feeder_high_school_ids": ("feeder", "feeds"),
    "bell_start": ("bell", "start", "begin"),
    "bell_end": ("bell", "dismiss", "endtime", "release"),
    "address": ("address", "street"),
}
# Words that say that a column holds something else.
LOOKS_UNLIKE: Final = ("date", "year", "district", "email", "web", "principal")
# Numbers of rows, which are ids for want of better.
ROW_NUMBERS: Final = ("objectid", "objectid1", "oid", "fid", "id", "index", "unnamed0")
# Names that need no word about what they were read as.
OBVIOUS: Final = ("lat", "lon", "lng", "long", "x", "y", "enrolment")
